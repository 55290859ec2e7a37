import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { TEST_HOME } from './test/own-home.js'

const src = fileURLToPath(new URL('src/', import.meta.url))
const home = fileURLToPath(new URL(TEST_HOME, import.meta.url))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^codex-conduit$/, replacement: `${src}index.ts` },
      {
        find: 'codex-conduit/openai-codex-sdk',
        replacement: `${src}integrations/openai-codex-sdk/index.ts`,
      },
      { find: /^codex-conduit\/(.+)$/, replacement: `${src}$1/index.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    globalSetup: 'test/own-home.ts',
    env: { HOME: home },
    // CI reads the runner's own counts from the report.
    reporters: process.env.CI
      ? ['default', ['json', { outputFile: '.cache/test-report.json' }]]
      : ['default'],
    // Every core: most tests wait for a child process. The default leaves one idle.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // A test that leaves something running must fail by itself, not hang the run.
    teardownTimeout: 5_000,
  },
})
