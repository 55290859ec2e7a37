import type { Log } from '../log.js'
import type { ApprovalInbox, ParkedApproval } from './inbox.js'

/** Logs what happens in an inbox. Returns a function that ends that. */
export function logInbox(inbox: ApprovalInbox, log: Log): () => void {
  const facts = ({ id, threadId, turnId, description }: ParkedApproval) => ({
    id,
    threadId,
    turnId,
    description,
  })
  const removers = [
    inbox.on('parked', (one) => log('info', 'approval.parked', 'An approval waits', facts(one))),
    inbox.on('answered', (one, decision) => {
      log('info', 'approval.answered', 'An approval was decided', { ...facts(one), decision })
    }),
    inbox.on('expired', (one) => {
      log('warn', 'approval.expired', 'An approval was declined: nobody answered', facts(one))
    }),
    inbox.on('withdrawn', (one) => {
      log('info', 'approval.withdrawn', 'An approval is not wanted any more', facts(one))
    }),
  ]
  return () => {
    for (const remove of removers) remove()
  }
}
