// `npm run example <name>`: runs an example offline, against the model stub.
import { exampleNames, runExample } from './run-example.js'

const [name, ...args] = process.argv.slice(2)
if (name === undefined) {
  console.log(`Usage: npm run example <name>\nExamples: ${exampleNames().join(', ')}`)
} else {
  process.exitCode = await runExample(name, { args })
}
