import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { exampleNames } from '../scripts/run-example.js'

const root = fileURLToPath(new URL('../', import.meta.url))
const run = promisify(execFile)

/** What each example must print. An example that is missing here fails the last test. */
const EXPECTED: Readonly<Record<string, readonly RegExp[]>> = {
  'one-shot': [
    /^Ice, water, steam\.\ncompleted: 18 characters\n/m,
    /tokens: 100 in, 20 out/,
    /^totalMs +\d/m,
    /Codex exited with code 0/,
  ],
  approvals: [
    /agent │ I look around first\.\n/,
    /audit │ accept ← run .*ls docs \| head -3'?\n +│ by rule 1, readOnlyCommands\(\)/,
    /audit │ accept ← run .*node --version'?\n +│ by rule 2, allowCommands\(/,
    /┌ Codex wants to run a command\n.*\n? *│ command +.*rm -rf docs/,
    /declined: there is no terminal to ask on\n/,
    /audit │ decline ← run .*rm -rf docs'?\n +│ by otherwise/,
    /audit │ decline ← run .*git push --force'?\n +│ by rule 0, declineCommands\(/,
    /result │ completed\n/,
  ],
  'many-threads': [
    /^ retry │ Into which sea does the Congo flow\? provider-overloaded, again in \d+ ms$/m,
    /^ retry │ Into which sea does the Volga flow\? provider-overloaded, again in \d+ ms$/m,
    /^ {5}1 │ The Nile flows into the Mediterranean\.$/m,
    /^ {5}8 │ The Congo flows into the Atlantic\.$/m,
    /^ {4}16 │ The Po flows into the Adriatic\.$/m,
    /^result │ 16 of 16 completed, 2 retries, \d+ tokens$/m,
  ],
  exec: [
    /^answer {3}│ tested: yes, examples: 5$/m,
    /^run {6}│ triage, 120 tokens, session [0-9a-f-]{36}$/m,
    /^command {2}│ .*ls examples/m,
    /^message {2}│ In the folder examples\.$/m,
    /^outcome {2}│ ok, exit code 0$/m,
    /^refused {2}│ CODEX_EXEC_INVALID_INPUT: prompt$/m,
  ],
  'migrate-from-codex-sdk': [
    /ran │ .*ls docs'? \(exit code 0\)/,
    /agent │ Its documentation\.\n +tokens │ 200 in\n +answer │ 5 files\n/,
    /failed │ You.ve hit your usage limit.* \[provider-usage-limited, no use to retry\]\n/,
    /approval │ command: It reads a file outside of the sandbox\.\n/,
    /agent │ It is short\.\n$/,
  ],
  'exec-server': [
    /^server {4}│ ws:\/\/127\.0\.0\.1:\d+, current protocol, on \w+$/m,
    /^terminal {2}│ .*The screen has 24x80 characters$/m,
    /^terminal {2}│ exit code 3$/m,
    /^pipeline {2}│ 40951, then done \(0\)$/m,
    /^killed {4}│ exit code 137$/m,
    /^stranger {2}│ WebSocketRefusedError: .*401/m,
  ],
  'http-bridge': [
    /^listening │ http:\/\/127\.0\.0\.1:\d+$/m,
    /^ stranger │ status 401$/m,
    /^ {2}mistake │ status 400, \{"error":\{"code":"BAD_REQUEST","message":"The body is no JSON"\}\}$/m,
    /^ {2}mistake │ status 400, .*The body is no JSON object/m,
    /^ {2}mistake │ status 413, .*The body is too long/m,
    /^ {2}mistake │ status 400, .*The path is not a valid one/m,
    /^ {4}event │ session\.created$/m,
    /^ approval │ run .*ls examples/m,
    /^ {4}event │ approval\.answered$/m,
    /^ {4}event │ turn\.settled$/m,
    /^completed │ A dozen examples\.$/m,
  ],
  supervisor: [
    /^ {6}asked │ List the planets$/m,
    /^ {2}completed │ Mercury, Venus, Earth, /m,
    /^ {2}completed │ Jupiter is the largest\.$/m,
    /^ {6}turns │ \{"completed":3\}$/m,
  ],
  quickstart: [
    /agent │ I will count its lines\. That needs a command, so I ask first\.\n/,
    /approval │ Codex asks to run .*wc -l README\.md/,
    /decision │ "accept" \(by hook\)/,
    /output │ \d+ README\.md \(exit code 0\)/,
    /result │ completed: The readme fits on two screens\./,
    /tokens │ 2510 in, 57 out/,
  ],
  websocket: [
    /^server {4}│ ws:\/\/127\.0\.0\.1:\d+, pid \d+$/m,
    /^writer {4}│ Blue, and green near the shore\.$/m,
    /^reader {4}│ Orange, then violet\.$/m,
    /^stranger {2}│ secret-unavailable \(401\): /m,
    /^server {4}│ exited with code 0$/m,
  ],
}

describe('the examples', () => {
  it.each(Object.keys(EXPECTED))('%s runs offline, without input, to a clear end', async (name) => {
    const args = ['--import', 'tsx', 'scripts/example.ts', name]
    const { stdout, stderr } = await run(process.execPath, args, { cwd: root, timeout: 25_000 })
    expect(stderr).toBe('')
    for (const text of EXPECTED[name] ?? []) expect(stdout).toMatch(text)
  })

  it('are all tested', () => {
    expect(exampleNames()).toEqual(Object.keys(EXPECTED).sort())
  })

  it('begin with one that fits on a page', () => {
    const lines = readFileSync(`${root}examples/quickstart.ts`, 'utf8').trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(60)
  })
})
