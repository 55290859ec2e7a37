// `npm run kill-store [-- KILLS SEED]`: kills a program that writes to a file store, 200 times at random moments over
// one folder, opens the store after each kill and prints what came of it. Ends with 1 when anything was lost.
import { killWriter } from '../test/supervisor/kill/kill-writer.js'

const [kills = '200', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2)
console.log(`killing a writer ${kills} times, seed ${seed}`)
const { problems, ...counts } = await killWriter(Number(kills), Number(seed))
for (const [name, count] of Object.entries(counts)) console.log(`${name}: ${count}`)
console.log(problems.length === 0 ? 'nothing was lost' : `\nproblems:\n${problems.join('\n')}`)
process.exitCode = problems.length === 0 ? 0 : 1
