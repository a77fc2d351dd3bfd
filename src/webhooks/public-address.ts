import { BlockList, isIP, isIPv4 } from 'node:net';

/** Special-purpose addresses (IANA's registry), and a provider's metadata service that is public by its number. */
const special4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** Of what is global unicast: protocol assignments with Teredo, documentation, and 6to4, which holds IPv4. */
const special6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
/** Everything else of IPv6 is not for the Internet: loopback, mapped, NAT64, unique local, link local, multicast. */
const unicast6 = ['2000::/3'];

/** Addresses and ranges (`10.0.0.0/8`, `::1`) as a set. */
export function addressSet(ranges: readonly string[]): BlockList {
  const set = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv4(address) ? 'ipv4' : 'ipv6';
    if (bits === undefined) set.addAddress(address, family);
    else set.addSubnet(address, Number(bits), family);
  }
  return set;
}

const isSpecial4 = addressSet(special4);
const isSpecial6 = addressSet(special6);
const isUnicast6 = addressSet(unicast6);

/** Whether an IP address is one of the public Internet. Text that is no address is not. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !isSpecial4.check(address, 'ipv4');
  if (version !== 6) return false;
  return isUnicast6.check(address, 'ipv6') && !isSpecial6.check(address, 'ipv6');
}
