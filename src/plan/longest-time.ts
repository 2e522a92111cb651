/** The longest time that timers can count, in milliseconds; set to more they ring at once. */
export const LONGEST_TIME = 2_147_483_647;
