/** Items that only read, think or talk. */
const HARMLESS_ITEMS: ReadonlySet<string> = new Set([
  'userMessage',
  'hookPrompt',
  'agentMessage',
  'reasoning',
  'plan',
  'webSearch',
  'imageView',
  'sleep',
  'enteredReviewMode',
  'exitedReviewMode',
  'contextCompaction',
])

/**
 * Whether an item of a turn, by its `type`, can have changed anything outside the conversation. Types that
 * are not known count as if they could.
 */
export function itemMayHaveSideEffects(itemType: string): boolean {
  return !HARMLESS_ITEMS.has(itemType)
}
