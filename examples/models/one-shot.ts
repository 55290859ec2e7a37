import { type ModelStub, reply } from 'codex-conduit/testing'

/** What the model says in `examples/one-shot.ts`. */
export default function script(stub: ModelStub) {
  stub.enqueue(reply.text('Ice, water, steam.', { chunks: ['Ice, ', 'water, ', 'steam.'] }))
}
