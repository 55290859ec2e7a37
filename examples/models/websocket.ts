import { type ModelStub, reply } from 'codex-conduit/testing'

/** What the model says in `examples/websocket.ts`. */
export default function script(stub: ModelStub) {
  stub.enqueue(reply.text('Blue, and green near the shore.'), reply.text('Orange, then violet.'))
}
