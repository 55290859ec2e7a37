import type { Answer } from './inbound-requests.js'
import type { ResponseMessage } from './messages.js'

/**
 * Hands over each member of a batch and sends the answers together, in the order they were given, when the
 * last one is there. A batch that owes no answer sends nothing.
 *
 * `dispatch` returns whether it will call its second argument, now or later.
 */
export function answerBatch(
  batch: readonly unknown[],
  dispatch: (message: unknown, answer: Answer) => boolean,
  send: (responses: ResponseMessage[]) => void,
): void {
  const responses: ResponseMessage[] = []
  // One more than is owed, until all members are handed over: the first answers may come meanwhile.
  let owed = 1
  const settleOne = () => {
    owed -= 1
    if (owed === 0 && responses.length > 0) send(responses)
  }
  for (const message of batch) {
    owed += 1
    const isAnswered = dispatch(message, (response) => {
      if (response) responses.push(response)
      settleOne()
    })
    if (!isAnswered) owed -= 1
  }
  settleOne()
}
