/** Calls `call(i)` for all i below `count`, so many at a time, and adds up what the calls resolve with. */
export async function inParallel(count, inFlight, call) {
  let sum = 0
  let next = 0
  const worker = async () => {
    while (next < count) {
      const result = await call(next++)
      sum += result
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return sum
}
