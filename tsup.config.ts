import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'
import { fewChunks } from './scripts/build/few-chunks.js'

// One entry for each subpath and program of package.json, so that adding one is one line there.
const { exports, bin } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  exports: Record<string, string | { default: string }>
  bin: Record<string, string>
}
const entry = Object.fromEntries(
  Object.values(exports)
    .filter((target) => typeof target !== 'string')
    .map(({ default: file }) => file)
    .concat(Object.values(bin))
    .map((file) => file.replace(/^(?:\.\/)?dist\/(.*)\.js$/, '$1'))
    .map((name) => [name, `src/${name}.ts`]),
)

export default defineConfig({
  entry,
  format: 'esm',
  target: 'node20',
  platform: 'node',
  splitting: true,
  dts: true,
  clean: true,
  treeshake: true,
  sourcemap: true,
  esbuildPlugins: [await fewChunks(Object.values(entry))],
})
