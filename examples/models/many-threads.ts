import { type ModelStub, reply } from 'codex-conduit/testing'

const SEAS: Readonly<Record<string, string>> = {
  Nile: 'the Mediterranean',
  Yangtze: 'the East China Sea',
  Mississippi: 'the Gulf of Mexico',
  Yenisei: 'the Kara Sea',
  Ob: 'the Kara Sea',
  Amur: 'the Sea of Okhotsk',
  Lena: 'the Laptev Sea',
  Mekong: 'the South China Sea',
  Volga: 'the Caspian Sea',
  Indus: 'the Arabian Sea',
  Rhine: 'the North Sea',
  Po: 'the Adriatic',
}
/** The provider has no room for these at first. */
const UNLUCKY = new Set(['Congo', 'Volga'])

/** What the model says in `examples/many-threads.ts`. */
export default function script(stub: ModelStub) {
  const refused = new Set<string>()
  stub.onRequest((request) => {
    const river = /the (\S+) flow/.exec(request.lastUserText)?.[1] ?? ''
    if (UNLUCKY.has(river) && !refused.has(river)) {
      refused.add(river)
      return reply.failed('server_is_overloaded', 'Our servers are currently overloaded.')
    }
    return reply.text(`The ${river} flows into ${SEAS[river] ?? 'the Atlantic'}.`)
  })
}
