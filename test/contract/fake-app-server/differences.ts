/** A difference between the fake server and the real one that is meant to be; `docs/testing.md` tells users. */
export interface Difference {
  /** What it is about: a method, or a member of a message. */
  readonly what: readonly string[]
  readonly why: string
}

/** Notifications that only the real server sends, sends more often, or cuts up as the machine likes. */
export const leftOut: readonly Difference[] = [
  { what: ['configWarning', 'warning', 'remoteControl/status/changed'], why: 'They are about the machine.' },
  {
    what: ['item/commandExecution/outputDelta'],
    why: 'The output of a real command arrives in pieces, or with its end alone.',
  },
  {
    what: ['turn/diff/updated'],
    why: 'The real one compares real files, and tells the same difference again after each response.',
  },
]

/** Notifications whose place among the others is chance in the real server. Among their own kind they have an order. */
export const unordered: readonly Difference[] = [
  {
    what: [
      'serverRequest/resolved',
      'thread/archived',
      'thread/deleted',
      'thread/goal/cleared',
      'thread/name/updated',
      'thread/settings/updated',
      'thread/started',
      'thread/status/changed',
      'thread/unarchived',
    ],
    why: 'They come before or behind the answer or the item that they belong to. The fake one tells them behind it.',
  },
]

/** Members whose values differ. */
export const masked: readonly Difference[] = [
  { what: ['codexHome', 'path'], why: 'There are no files.' },
  { what: ['processId'], why: 'There are no processes.' },
  { what: ['modelProvider', 'userAgent'], why: 'It says what it is.' },
  {
    what: ['nextCursor', 'backwardsCursor', 'turnsBackwardsCursor', 'itemsBackwardsCursor'],
    why: 'Cursors are opaque.',
  },
]
