import { isIP, isIPv4, type BlockList } from 'node:net';
import { isPublicAddress } from './public-address.ts';

/** Where webhooks may go beyond HTTPS to the public Internet. */
export interface TargetRules {
  readonly allowHttp: boolean;
  /** Addresses that are not public and are meant all the same. */
  readonly allowed: BlockList;
}

/** Whether a connection to this IP address may be made. */
export function mayConnectTo(address: string, { allowed }: TargetRules): boolean {
  const plain = address.replace(/%.*$/, '');
  if (isIP(plain) === 0) return false;
  return isPublicAddress(plain) || allowed.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}

/** The host without the brackets of an IPv6 address. Decimal, octal and hexadecimal IPv4 come out dotted. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

/** Ports of mail, shells and the like: nothing there speaks HTTP, and nobody is to be made to speak to it. */
function isOfAnother(port: string): boolean {
  return port !== '' && Number(port) < 1024 && port !== '80' && port !== '443';
}

const localName = /(^|\.)(localhost|local|internal|localdomain|home\.arpa)\.?$/i;

/**
 * Why nothing may be sent to a URL; undefined where it may, as far as that can be told without asking for the
 * name's addresses: those are judged when the connection is made.
 */
export function refuseTarget(text: string, rules: TargetRules): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'must be an absolute URL';
  if (url.protocol !== 'https:' && !(rules.allowHttp && url.protocol === 'http:'))
    return rules.allowHttp ? 'must be an https or http URL' : 'must be an https URL';
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password';
  if (url.hash !== '') return 'must not have a fragment';
  if (isOfAnother(url.port)) return 'must not have a port below 1024 but 80 and 443';
  const host = hostOf(url);
  if (isIP(host) !== 0)
    return mayConnectTo(host, rules) ? undefined : 'must not lead to a private or special address';
  const isLocal = localName.test(host) || !host.includes('.');
  return isLocal && !mayConnectTo('127.0.0.1', rules)
    ? 'must not lead to a name of the local network'
    : undefined;
}
