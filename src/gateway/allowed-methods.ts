/** Which methods an address has, for the header `Allow`. */
export function createAllowedMethods(
  rows: readonly { method: string; path: string }[],
): (url: string) => string[] {
  const patterns = rows.map(({ method, path }) => ({
    methods: method === 'GET' ? ['GET', 'HEAD'] : [method],
    shape: new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }));
  return (url) => {
    const [path = ''] = url.split('?', 1);
    const found = patterns.filter(({ shape }) => shape.test(path)).flatMap(({ methods }) => methods);
    return [...new Set(found)].toSorted();
  };
}
