import { item, type ModelStub, reply } from 'codex-conduit/testing'

/** What the model says in `examples/http-bridge.ts`. */
export default function script(stub: ModelStub) {
  stub.enqueue(
    reply.items([item.execCommand('ls examples', { escalate: 'It must see the files.' })]),
    reply.text('A dozen examples.'),
  )
}
