// A report in its five forms: text, Markdown, HTML, JUnit and JSON, and the file that a person names for one of them.
// Not here: the reports of a run folder (stored-report.ts), what each form says (src/report).
import {existsSync, writeFileSync} from 'node:fs'
import {dirname, extname} from 'node:path'
import {HlError} from '../../model/errors.ts'
import type {Report} from '../../model/report.ts'
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

/** One report in one form. */
export function render(report: Report, format: Format): string {
  switch (format) {
    case 'text':
      return toText(report, plainTheme, {columns: 100})
    case 'md':
      return toMarkdown(report)
    case 'html':
      return toHtml(report)
    case 'junit':
      return toJunit(report)
    case 'json':
      return toJson(report)
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
    writeFileSync(path, redact(render(report, format), []))
  } catch (error) {
    const refused = diskError(path, error)
    if (!(refused instanceof HlError)) throw error
    throw new HlError(refused.code, `${refused.message}; the run is stored, its verdict is ${report.verdict}`, {
      next: [`the report is in ${report.files['folder'] ?? 'the run folder'} too`, ...refused.steps],
      cause: error,
    })
  }
}
