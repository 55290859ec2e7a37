// `npm run demo`: the quickstart, offline; `npm run demo -- --live "prompt"`: on the reader's own Codex login.
import { runExample } from './run-example.js'

const args = process.argv.slice(2)
const isLive = args.includes('--live')
console.log(
  isLive
    ? 'The real Codex on your own login. You are asked before each command.\n'
    : 'The real Codex, offline: a stand-in on this machine says what the model says.\n',
)
process.exitCode = await runExample('quickstart', { args, isLive })
