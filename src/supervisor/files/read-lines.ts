import { DamagedFileError } from './errors.js'

/** What a file of lines holds up to the point where its writer was stopped. */
export interface ReadLines<T> {
  readonly values: readonly T[]
  /** Bytes that the whole lines take. What follows is what a writer had begun. */
  readonly size: number
}

const LINE_FEED = 0x0a

/**
 * Reads a file to which whole lines were added, and tells an end that its writer did not finish from damage. A
 * killed writer leaves the beginning of a line. A loss of power can also leave zeros where the disk had not been
 * written yet, with nothing valid after them. Anything else was not left by a writer.
 *
 * Throws {@link DamagedFileError} for such a file.
 *
 * @param read - reads a line without its line feed; `undefined` when it is not valid
 * @param file - what the file is called in errors
 */
export function readLines<T>(
  contents: Buffer,
  file: string,
  read: (line: Buffer, offset: number) => T | undefined,
): ReadLines<T> {
  const values: T[] = []
  let size = 0
  while (size < contents.length) {
    const end = contents.indexOf(LINE_FEED, size)
    const value = end === -1 ? undefined : read(contents.subarray(size, end), size)
    if (value === undefined) {
      checkUnfinished(contents, size, file, read)
      break
    }
    values.push(value)
    size = end + 1
  }
  return { values, size }
}

function checkUnfinished(
  contents: Buffer,
  start: number,
  file: string,
  read: (line: Buffer, offset: number) => unknown,
): void {
  const rest = contents.subarray(start)
  if (!rest.includes(LINE_FEED)) return
  if (!rest.includes(0)) throw new DamagedFileError(file, start, 'a line is complete but not valid')
  for (let from = 0; from < rest.length; ) {
    const end = rest.indexOf(LINE_FEED, from)
    if (end === -1) return
    if (read(rest.subarray(from, end), start + from) !== undefined) {
      throw new DamagedFileError(file, start, 'valid lines follow one that is not')
    }
    from = end + 1
  }
}
