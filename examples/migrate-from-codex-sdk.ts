// A program that was written for `@openai/codex-sdk`: only its import has changed. Then what that package never
// had. Run it offline with `npm run example migrate-from-codex-sdk`.
import { Codex, CodexSdkError } from 'codex-conduit/openai-codex-sdk'

const codex = new Codex()
const thread = codex.startThread({ sandboxMode: 'read-only', modelReasoningEffort: 'low' })

// As it was: the events of a turn.
const { events } = await thread.runStreamed('What is in this folder?')
for await (const event of events) {
  if (event.type === 'item.completed' && event.item.type === 'command_execution') {
    line('ran', `${event.item.command} (exit code ${event.item.exit_code})`)
  }
  if (event.type === 'item.completed' && event.item.type === 'agent_message') line('agent', event.item.text)
  if (event.type === 'turn.completed') line('tokens', `${event.usage.input_tokens} in`)
}

// As it was: structured output.
const schema = {
  type: 'object',
  properties: { files: { type: 'integer' } },
  required: ['files'],
  additionalProperties: false,
}
const { finalResponse } = await thread.run('How many files is that?', { outputSchema: schema })
line('answer', `${JSON.parse(finalResponse).files} files`)

// New: what went wrong, as data to act on. The message is what it was.
try {
  await thread.run('Now explain them all.')
} catch (error) {
  if (!(error instanceof CodexSdkError)) throw error
  const { kind, retryable } = error.failure
  line('failed', `${error.message} [${kind}, ${retryable ? 'worth a retry' : 'no use to retry'}]`)
}
await codex.close()

// New: somebody answers when Codex asks. The thread goes on, though its first process has ended.
await using asking = new Codex({
  onApproval: (request) => {
    line('approval', `${request.kind}: ${request.reason}`)
    return 'accept'
  },
})
const resumed = asking.resumeThread(thread.id ?? '', { approvalPolicy: 'on-request' })
line('agent', (await resumed.run('Count the lines of the license.')).finalResponse)

function line(name: string, text: string) {
  console.log(`${name.padStart(9)} │ ${text.replaceAll('\n', `\n${' '.repeat(9)} │ `)}`)
}
