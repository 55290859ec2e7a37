/** Identifies a request. Either end chooses its own; `0` and `''` are valid ids. */
export type RequestId = string | number

/** Whether a value can identify a request. */
export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || typeof value === 'number'
}
