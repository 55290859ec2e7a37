import { fileURLToPath } from 'node:url'
import { throughServer } from '../../sources/exec-server.mjs'

const PROGRAM = fileURLToPath(new URL('../../../dist/exec-server/cli.js', import.meta.url))

/** The library on both ends, each in a process of its own. */
export const prepare = (params) => throughServer({ command: process.execPath, args: [PROGRAM] }, params)
