/** What it resolves to, unless that takes too long: a connection may die without a word. */
export async function within<T>(idle: number | false, promise: Promise<T>): Promise<T> {
  if (idle === false) return promise;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing was heard for ${idle} ms`)), idle);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
