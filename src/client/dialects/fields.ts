/** Members of something that came off the wire: any may be absent or of any type. */
export type Fields = Readonly<Record<string, unknown>>

/** The members of a value; none when it is not an object. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

/** The value when it is text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** The value when it is a finite number. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The elements of a list; none when it is not one. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The elements of a list that are text. */
export function textsOf(value: unknown): string[] {
  return listOf(value).filter((one) => typeof one === 'string')
}

/** A duration as Rust writes it, `{ secs, nanos }`, in whole milliseconds. */
export function millisecondsOf(value: unknown): number | undefined {
  const { secs, nanos } = fieldsOf(value)
  const seconds = numberOf(secs)
  return seconds === undefined ? undefined : seconds * 1000 + Math.floor((numberOf(nanos) ?? 0) / 1e6)
}
