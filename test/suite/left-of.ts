// PURE: which objects of Docker a run of tests made.

/** `listing`: a line per object, `<kind> <name> <labels>`. The run's name ends a word of the object's name or label. */
export function leftOf(run: string, listing: string): readonly string[] {
  const own = new RegExp(`-${run}(?![a-z0-9])`)
  return listing
    .split('\n')
    .filter(line => own.test(line))
    .map(line => line.split(' ').slice(0, 2).join(' '))
}
