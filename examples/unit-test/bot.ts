// A release bot: Codex does the work, a chat decides what it may do. Its tests are beside it, in bot.test.ts.
import {
  type ApprovalRequest,
  Codex,
  describeRequest,
  type RetryPolicy,
  type Transport,
  withRetry,
} from 'codex-conduit'

/** Where the people are. */
export interface Chat {
  /** Says something. */
  post(text: string): void
  /** Asks whether something may happen. */
  ask(question: string): Promise<boolean>
}

/** What a bot needs; tests give it another server and no time to wait. */
export interface BotOptions {
  readonly chat: Chat
  readonly transport?: Transport
  readonly retry?: RetryPolicy
}

/** Answers requests of a chat. */
export interface Bot extends AsyncDisposable {
  /** Does what was asked, and posts what came of it. */
  handle(request: string): Promise<void>
}

export async function startBot({ chat, transport, retry = {} }: BotOptions): Promise<Bot> {
  const options = {
    onApproval: async (request: ApprovalRequest) =>
      (await chat.ask(`May I ${describeRequest(request)}?`)) ? ('accept' as const) : ('decline' as const),
  }
  const codex = transport ? await Codex.connect(transport, options) : await Codex.start(options)
  const thread = await codex.startThread({ sandbox: 'read-only', approvalPolicy: 'on-request' })

  return {
    async handle(request) {
      const again = { ...retry, onRetry: () => chat.post('Codex is busy, I try again.') }
      // A stream settles with its failure, which says whether to try again.
      const { text, failure } = await withRetry(() => thread.stream(request).result, again)
      chat.post(failure ? `That did not work: ${failure.message}` : text)
    },
    [Symbol.asyncDispose]: () => codex.close(),
  }
}
