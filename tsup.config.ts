import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

// One entry for each subpath of package.json, so that adding an export is one line there.
const { exports } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as {
  exports: Record<string, string | { default: string }>
}
const entry = Object.fromEntries(
  Object.values(exports)
    .filter((target) => typeof target !== 'string')
    .map(({ default: file }) => file.replace(/^\.\/dist\/(.*)\.js$/, '$1'))
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
})
