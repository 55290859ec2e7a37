// All that reads and writes the files of a home, in one piece that is loaded on demand.
export { inspectHome } from './inspect.js'
export { prepareHome } from './prepare.js'
