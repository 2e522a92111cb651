/** Which Nest the project of this test run has. */
export const nestMajor = Number(process.env.NEST_MAJOR ?? 12);
