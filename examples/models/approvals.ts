import { item, type ModelStub, reply } from 'codex-conduit/testing'

/** What the model says in `examples/approvals.ts`. */
export default function script(stub: ModelStub) {
  const escalate = 'It needs to leave the sandbox.'
  stub.enqueue(
    reply.items([item.message('I look around first.'), item.execCommand('ls docs | head -3', { escalate })]),
    reply.execCommand('node --version', { escalate }),
    reply.execCommand('ls docs && rm -rf docs', { escalate }),
    reply.execCommand('git push --force', { escalate }),
    reply.text('I may look, but neither delete nor publish.'),
  )
}
