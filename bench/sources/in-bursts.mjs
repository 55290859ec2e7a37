/** Pushes values in bursts, one a turn of the event loop, while a reader takes them; returns their sum. */
export async function inBursts(queue, count, burst) {
  pushInBursts(queue, count, burst)
  let sum = 0
  for await (const value of queue) sum += value
  return sum
}

/** The same for a reader of batches. */
export async function inBatches(queue, count, burst) {
  pushInBursts(queue, count, burst)
  let sum = 0
  for await (const batch of queue.batches()) for (const value of batch) sum += value
  return sum
}

function pushInBursts(queue, count, burst) {
  let pushed = 0
  const pushSome = () => {
    const end = Math.min(count, pushed + burst)
    for (; pushed < end; pushed += 1) queue.push(pushed)
    if (pushed < count) setImmediate(pushSome)
    else queue.end()
  }
  pushSome()
}
