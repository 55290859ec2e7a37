// Many conversations at once with one Codex process: sixteen threads, at most six of them at work at a time, each
// repeated by itself where that can help and harms nothing. Run it offline with `npm run example many-threads`.
import { Codex, type TurnResult, withRetry } from 'codex-conduit'

const AT_ONCE = 6
const rivers =
  'Nile Amazon Yangtze Mississippi Yenisei Ob Paraná Congo Amur Lena Mekong Niger Volga Indus Rhine Po'
const questions = rivers.split(' ').map((river) => `Into which sea does the ${river} flow?`)

await using codex = await Codex.start()
const results: TurnResult[] = []
let retries = 0

/** One thread, one turn. Resolves with what became of it in the end, failed or not. */
async function ask(question: string): Promise<TurnResult> {
  const thread = await codex.startThread({ sandbox: 'read-only', approvalPolicy: 'never', ephemeral: true })
  return withRetry(() => thread.stream(question, { timeoutMs: 60_000 }).result, {
    maxAttempts: 3,
    minDelayMs: 200,
    onRetry: ({ failure, delayMs }) => {
      retries += 1
      line('retry', `${question} ${failure.kind}, again in ${Math.round(delayMs)} ms`)
    },
  })
}

// All workers take from one iterator: whoever is free takes the next question.
const queue = questions.entries()
const workers = Array.from({ length: AT_ONCE }, async () => {
  for (const [index, question] of queue) results[index] = await ask(question)
})
await Promise.all(workers)

for (const [index, { status, text, failure }] of results.entries()) {
  line(`${index + 1}`, failure ? `${questions[index]} ${status}: ${failure.kind}. ${failure.hint}` : text)
}
const completed = results.filter(({ status }) => status === 'completed')
const tokens = results.reduce((sum, { usage }) => sum + (usage?.totalTokens ?? 0), 0)
line('result', `${completed.length} of ${questions.length} completed, ${retries} retries, ${tokens} tokens`)
process.exitCode = completed.length === questions.length ? 0 : 1

function line(name: string, text: string) {
  console.log(`${name.padStart(6)} │ ${text}`)
}
