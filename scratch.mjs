import {readFileSync} from 'node:fs'
import {apiPages} from './docs/api-page.ts'
for (const [n, {undocumented}] of apiPages(p => readFileSync(p, 'utf8'))) if (undocumented.length) console.log(n, undocumented.join('\n'))
