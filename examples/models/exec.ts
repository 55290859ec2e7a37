import { type ModelStub, reply } from 'codex-conduit/testing'

/** What the model says in `examples/exec.ts`. */
export default function script(stub: ModelStub) {
  stub.enqueue(
    reply.text('{"tested":true,"examples":5}'),
    reply.execCommand('ls examples'),
    reply.text('In the folder examples.'),
  )
}
