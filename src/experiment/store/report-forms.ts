// A report in its five forms: text, Markdown, HTML, JUnit and JSON, and the file that a person names for one of them.
// Not here: the reports of a run folder (stored-report.ts), what each form says (src/report).
import {existsSync, writeFileSync} from 'node:fs'
import {dirname, extname, join, relative} from 'node:path'
import {packageRoot} from '../../lab/lifecycle/package-files.ts'
import {HlError} from '../../model/errors.ts'
import type {Report} from '../../model/report.ts'
import type {PageLinks} from '../../report/html-reading.ts'
import {redact} from '../../report/redact.ts'
import {plainTheme} from '../../report/theme.ts'
import {toHtml} from '../../report/to-html.ts'
import {toJson} from '../../report/to-json.ts'
import {toJunit} from '../../report/to-junit.ts'
import {toMarkdown} from '../../report/to-markdown.ts'
import {toText} from '../../report/to-text.ts'
import {diskError} from '../../model/disk-error.ts'

export const formats = ['text', 'md', 'html', 'junit', 'json'] as const
export type Format = (typeof formats)[number]

/** One report in one form. `folder`: where it will lie, for the links of a page. */
export function render(report: Report, format: Format, folder = '.'): string {
  switch (format) {
    case 'text':
      return toText(report, plainTheme, {columns: 100})
    case 'md':
      return toMarkdown(report)
    case 'html':
      return toHtml(report, linksFrom(folder, report))
    case 'junit':
      return toJunit(report)
    case 'json':
      return toJson(report)
  }
}

/** As paths from `folder`, so that a run folder can be moved with its page. */
function linksFrom(folder: string, {files}: Report): PageLinks {
  const hrefTo = (path: string): string => {
    const way = relative(folder, path).split('/').map(encodeURIComponent).join('/')
    return way.startsWith('..') ? way : `./${way}`
  }
  return {
    files: Object.fromEntries(Object.entries(files).map(([name, path]) => [name, hrefTo(path)])),
    runbooks: hrefTo(join(packageRoot(), 'runbooks')),
  }
}

/**
 * A file for a report and the form that its extension asks for; USAGE for an unknown one, and for a folder that is not
 * there.
 */
export function reportFile(path: string): {readonly path: string; readonly format: Format} {
  const forms: Readonly<Record<string, Format>> = {
    '.txt': 'text',
    '.md': 'md',
    '.html': 'html',
    '.xml': 'junit',
    '.json': 'json',
  }
  const format = forms[extname(path)]
  if (format === undefined)
    throw new HlError('USAGE', `--report ${path}: unknown extension`, {
      next: ['use .txt, .md, .html, .xml (JUnit) or .json'],
    })
  if (!existsSync(dirname(path)))
    throw new HlError('USAGE', `--report ${path}: there is no folder ${dirname(path)}`, {
      next: [`mkdir -p ${dirname(path)}`],
    })
  return {path, format}
}

/** Writes one form of a report to a path of the person's choosing. */
export function saveReport(path: string, report: Report, format: Format): void {
  try {
    writeFileSync(path, redact(render(report, format, dirname(path)), []))
  } catch (error) {
    const refused = diskError(path, error)
    if (!(refused instanceof HlError)) throw error
    throw new HlError(refused.code, `${refused.message}; the run is stored, its verdict is ${report.verdict}`, {
      next: [`the report is in ${report.files['folder'] ?? 'the run folder'} too`, ...refused.steps],
      cause: error,
    })
  }
}
