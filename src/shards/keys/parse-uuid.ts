// A uuid as text to its sixteen bytes, as uuid_in of PostgreSQL reads it: any case, braces around it, and a hyphen
// after each four digits or not. Invariant: it reads what the server reads and nothing else. Pure. Source:
// string_to_uuid in src/backend/utils/adt/uuid.c.

export const uuidBytes = 16

/** Value of each character code as a hexadecimal digit, or -1. */
const digits = Int8Array.from({length: 128}, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? -1 : value
})
const hyphen = 45

/** Fills the first sixteen bytes of `into`; false when the text is no uuid, and then `into` is of no use. */
export function parseUuid(text: string, into: Uint8Array): boolean {
  const isBraced = text.startsWith('{')
  const end = isBraced ? text.length - 1 : text.length
  if (isBraced && (end < 1 || !text.endsWith('}'))) return false
  let at = isBraced ? 1 : 0
  for (let byte = 0; byte < uuidBytes; byte++) {
    if (at + 2 > end) return false
    const value = (digitAt(text, at) << 4) | digitAt(text, at + 1)
    if (value < 0) return false
    into[byte] = value
    at += 2
    if (byte % 2 === 1 && byte < uuidBytes - 1 && text.charCodeAt(at) === hyphen) at++
  }
  return at === end
}

/** Negative for what is no digit, and so is whatever it is combined with. */
function digitAt(text: string, at: number): number {
  return digits[text.charCodeAt(at)] ?? -1
}
