import { type ModelStub, reply } from 'codex-conduit/testing'

/** What the model says in `examples/supervisor.ts`. */
export default function script(stub: ModelStub) {
  stub.onRequest((request) => {
    const asked = request.lastUserText
    if (asked.includes('rings')) return reply.text('The four giants have rings.')
    if (asked.includes('largest')) return reply.text('Jupiter is the largest.')
    return reply.text('Mercury, Venus, Earth, Mars, Jupiter, Saturn, Uranus, Neptune.')
  })
}
