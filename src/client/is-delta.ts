import type { ServerNotification } from '../protocol/index.js'

/**
 * Whether a notification brings another piece of an item. Such come by the thousand and matter to nobody but their
 * turn, so that whoever keeps a state need not look at them.
 */
export function isDelta({ method }: ServerNotification): boolean {
  switch (method) {
    case 'item/agentMessage/delta':
    case 'item/commandExecution/outputDelta':
    case 'item/reasoning/summaryTextDelta':
    case 'item/reasoning/textDelta':
    case 'item/plan/delta':
      return true
    default:
      return false
  }
}
