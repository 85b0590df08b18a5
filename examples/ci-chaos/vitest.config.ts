// One cluster per file: a machine of two cores carries one or two at a time.
import {defineConfig} from 'vitest/config'

export default defineConfig({
  test: {include: ['tests/*.vitest.ts'], testTimeout: 180_000, hookTimeout: 180_000, maxWorkers: 2},
})
