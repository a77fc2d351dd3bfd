/** Puts each place in where its name stands once. @throws where the file no longer names it */
export function putPlaces(
  text: string,
  places: readonly (readonly [name: string, here: string])[],
): string {
  return places.reduce((whole, [name, here]) => {
    if (whole.split(name).length !== 2) throw new Error(`${name} is not there once`);
    return whole.replace(name, here);
  }, text);
}
