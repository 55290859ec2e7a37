// The model and a Codex home that uses it, in a process of their own, so that they do not count as the client's work.
// Answers with so many deltas of two characters. Tells its parent the environment.
import { reply, startModelStub, stubCodexHome } from '../../dist/testing/index.js'

const deltas = Number(process.argv[2])
const chunks = Array.from({ length: deltas }, () => 'ok')
const stub = await startModelStub({ fallback: reply.text(chunks.join(''), { chunks }) })
const home = await stubCodexHome(stub)
process.send(home.env)
process.on('disconnect', async () => {
  await stub.close()
  await home.dispose()
  process.exit()
})
