/** Does something so many times, ten at a time: as many as a pool has connections. */
export async function all(count, work) {
  let done = 0;
  const lane = async () => {
    while (done++ < count) await work();
  };
  await Promise.all(Array.from({ length: 10 }, lane));
}
