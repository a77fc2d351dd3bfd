import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressSet, isPublicAddress } from './public-address.ts';
import { mayConnectTo, refuseTarget } from './target.ts';

const rules = { allowHttp: false, allowed: addressSet([]) };

/** Every trick by which somebody might have us send to ourselves, our neighbours or a metadata service. */
const refused = [
  'https://127.0.0.1/',
  'https://127.1/',
  'https://127.255.255.254:8443/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0x7f.1/',
  'https://0177.0.0.1/',
  'https://017700000001/',
  'https://0/',
  'https://0.0.0.0/',
  'https://%31%32%37.0.0.1/',
  'https://127。0。0。1/',
  'https://①②⑦.0.0.1/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://172.31.255.255/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://100.100.100.200/latest/meta-data/',
  'https://169.254.169.254/latest/meta-data/',
  'https://2852039166/latest/meta-data/',
  'https://0xa9fea9fe/',
  'https://0251.0376.0251.0376/',
  'https://168.63.129.16/',
  'https://192.0.0.192/',
  'https://192.0.2.1/',
  'https://198.18.0.1/',
  'https://224.0.0.1/',
  'https://255.255.255.255/',
  'https://240.0.0.1/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::ffff:7f00:1]/',
  'https://[::ffff:0:127.0.0.1]/',
  'https://[::127.0.0.1]/',
  'https://[0:0:0:0:0:ffff:a9fe:a9fe]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[64:ff9b::169.254.169.254]/',
  'https://[64:ff9b:1::a00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[2002:a9fe:a9fe::1]/',
  'https://[2001:0:7f00:1::]/',
  'https://[2001:db8::1]/',
  'https://[fc00::1]/',
  'https://[fd00:ec2::254]/',
  'https://[fe80::1]/',
  'https://[fec0::1]/',
  'https://[ff02::1]/',
  'https://[100::1]/',
  'https://[5f00::1]/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://app.localhost/',
  'https://printer.local/',
  'https://metadata.google.internal/computeMetadata/v1/',
  'https://router.home.arpa/',
  'https://postgres/',
  'https://user:password@example.com/',
  'https://user@example.com/',
  'https://example.com@127.0.0.1/',
  'https://example.com/#fragment',
  'https://example.com:22/',
  'https://example.com:25/',
  'http://example.com/',
  'ftp://example.com/',
  'file:///etc/passwd',
  'gopher://example.com/',
  'data:text/plain,hello',
  'javascript:alert(1)',
  '//example.com/',
  'example.com',
  '',
];

test('nothing is sent to private, special or local places, however they are written', () => {
  for (const url of refused) assert.notEqual(refuseTarget(url, rules), undefined, url);
});

test('public places are fine, and nothing of the query counts', () => {
  const fine = [
    'https://example.com/hook?to=127.0.0.1',
    'https://example.com:8443/',
    'https://8.8.8.8/',
    'https://134744072/',
    'https://[2606:4700:4700::1111]/',
    'https://xn--bcher-kva.example/',
    'https://127.0.0.1.example.com/',
    'https://localhost.example.com/',
  ];
  for (const url of fine) assert.equal(refuseTarget(url, rules), undefined, url);
});

test('what the settings allow is fine, and only that', () => {
  const some = { allowHttp: true, allowed: addressSet(['10.1.0.0/16', '::1', '127.0.0.1']) };
  const results = ['http://10.1.2.3/', 'http://[::1]:80/', 'http://localhost/', 'http://10.2.0.1/'].map(
    (url) => refuseTarget(url, some),
  );
  const no = 'must not lead to a private or special address';
  assert.deepEqual(results, [undefined, undefined, undefined, no]);
  assert.ok(!mayConnectTo('10.2.0.1', some));
  assert.ok(!mayConnectTo('', some));
  assert.ok(!mayConnectTo('fe80::1%eth0', some));
});

test('an address counts by what it is, and text that is none is not public', () => {
  assert.ok(isPublicAddress('1.1.1.1'));
  assert.ok(!isPublicAddress('1.1.1'));
  assert.ok(!isPublicAddress('example.com'));
});
