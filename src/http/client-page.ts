/** Addresses that the Worker itself answers; all others are the web client's files and pages. */
const OWN = /^\/(api|ws|chat|openapi\.json|\.well-known)(\/|$)/;

/** Folders of the web client that hold files and nothing else. */
const FILES = /^\/(assets|emoji)(\/|$)/;

/**
 * Is this the address of one of the client's pages? Which pages there are is the client's to know: it shows its list for
 * an address that means nothing to it. No page has a dot in its last part; what has one is a file, and a file that the
 * platform did not find is gone: answered with the page, it would be run as a script.
 */
export function isPagePath(path: string): boolean {
  return !OWN.test(path) && !FILES.test(path) && !path.slice(path.lastIndexOf("/")).includes(".");
}

/** The client's one page, from the platform, with the headers of its file; the address and its query stay the browser's. */
export function clientPage(assets: Pick<Fetcher, "fetch">, request: Request): Promise<Response> {
  return assets.fetch(new Request(new URL("/", request.url), request));
}
