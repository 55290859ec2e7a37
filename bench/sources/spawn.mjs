import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Path of a program in this folder. */
export const sourcePath = (name) => fileURLToPath(new URL(name, import.meta.url))

/** Starts a program of this folder with pipes. */
export const spawnSource = (name, ...args) =>
  spawn(process.execPath, [sourcePath(name), ...args.map(String)], { stdio: ['pipe', 'pipe', 'inherit'] })
