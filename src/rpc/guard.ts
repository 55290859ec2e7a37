/** Receives an error; what it throws itself is dropped. */
export type ErrorSink = ((error: Error) => void) | undefined

/** Makes an error of whatever was thrown. Never throws. */
export function toError(value: unknown): Error {
  if (value instanceof Error) return value
  try {
    return new Error(String(value))
  } catch {
    return new Error('a value without a text form was thrown')
  }
}

/** Hands an error to its receiver, whose own faults must not come back. */
export function report(sink: ErrorSink, error: unknown): void {
  if (!sink) return
  try {
    const result: unknown = sink(toError(error))
    if (isThenable(result)) result.then(undefined, ignore)
  } catch {
    // Nobody is left to tell.
  }
}

/** Runs a user's callback so that what it throws goes to `sink` and nowhere else. */
export function guard(callback: () => void, sink: ErrorSink): void {
  try {
    callback()
  } catch (error) {
    report(sink, error)
  }
}

/** Reports the rejection of a promise that nobody awaits; takes any value, since most callbacks return none. */
export function watch(result: unknown, sink: ErrorSink): void {
  if (isThenable(result)) result.then(undefined, (error: unknown) => report(sink, error))
}

/** Whether a value is a promise, of whatever make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}

function ignore(): void {}
