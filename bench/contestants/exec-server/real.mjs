import { locateCodex } from '../../../dist/index.js'
import { throughServer } from '../../sources/exec-server.mjs'

/** The real exec-server, read with the client of the library. */
export const prepare = (params) =>
  throughServer({ command: locateCodex().path, args: ['exec-server'] }, params)
