import type { FileChangeApprovalRequest } from '../requests.js'

/** Size of all diffs of a request. */
export interface ChangeSize {
  /** Lines added and removed. */
  readonly lines: number
  /** Bytes of UTF-8. */
  readonly bytes: number
}

/**
 * Counts the changes of a request; `undefined` when one of them has no diff. Measured: the diff of a file that
 * is added or deleted is its bare content, that of an update has signs.
 */
export function sizeOfChanges(changes: FileChangeApprovalRequest['changes']): ChangeSize | undefined {
  let lines = 0
  let bytes = 0
  for (const { diff, kind } of changes) {
    if (typeof diff !== 'string') return undefined
    bytes += Buffer.byteLength(diff)
    lines += kind?.type === 'update' ? (diff.match(/^[+-]/gm)?.length ?? 0) : countLines(diff)
  }
  return { lines, bytes }
}

function countLines(text: string): number {
  const breaks = text.match(/\n/g)?.length ?? 0
  return text === '' || text.endsWith('\n') ? breaks : breaks + 1
}
