/** Makes something of a thing once, as long as it is the same one: what was read is replaced, never changed. */
export function ofEach<Thing extends object, Made>(make: (thing: Thing) => Made): (thing: Thing) => Made {
  const known = new WeakMap<Thing, { made: Made }>()
  return (thing) => {
    const found = known.get(thing) ?? { made: make(thing) }
    known.set(thing, found)
    return found.made
  }
}
