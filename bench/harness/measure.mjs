// One process that measures one contestant once. Told as JSON what to run; prints what it measured as JSON.
import { performance } from 'node:perf_hooks'

const { adapter, count, params, warmUp, isMemoryMeasured } = JSON.parse(process.argv[2])
const contestant = await import(adapter)
const { run, close } = contestant.prepare ? await contestant.prepare(params) : contestant

if (warmUp > 0) await run(warmUp, params)
// Not otherwise: collecting what compiled code refers to throws that code away.
if (isMemoryMeasured) globalThis.gc?.()
const rssBefore = process.memoryUsage.rss()
const cpuBefore = process.cpuUsage()
const start = performance.now()
const result = await run(count, params)
const milliseconds = performance.now() - start
const cpu = process.cpuUsage(cpuBefore)
const rss = process.memoryUsage.rss()
await close?.()

const { checksum, samples } = typeof result === 'number' ? { checksum: result } : result
process.stdout.write(
  JSON.stringify({
    milliseconds,
    cpuMilliseconds: (cpu.user + cpu.system) / 1000,
    // Peak of the process, in MB: `maxRSS` is told in KB on every platform.
    peakRssMb: process.resourceUsage().maxRSS / 1024,
    addedRssMb: (rss - rssBefore) / 1024 / 1024,
    checksum,
    samples,
  }),
)
