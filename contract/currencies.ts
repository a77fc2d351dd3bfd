/*
 * ISO 4217 codes that are in use, grouped by their minor units. Codes without minor units (gold XAU,
 * testing XTS, none XXX and the like) are left out: an amount in them has no meaning here.
 */
const byScale: Readonly<Record<number, string>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
  2: `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
    CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
    IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
    SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER
    ZAR ZMW ZWG`,
  3: 'BHD IQD JOD KWD LYD OMR TND',
  4: 'CLF UYW',
};

const scales = new Map<string, number>();
for (const [scale, codes] of Object.entries(byScale)) {
  for (const code of codes.split(/\s+/)) scales.set(code, Number(scale));
}

/** How many minor units a currency of ISO 4217 has, as decimal digits; undefined for any other code. */
export function isoScale(code: string): number | undefined {
  return scales.get(code);
}

/** Every currency that is built in, by code. */
export const isoCurrencies: readonly { code: string; scale: number }[] = [...scales]
  .map(([code, scale]) => ({ code, scale }))
  .toSorted((a, b) => (a.code < b.code ? -1 : 1));
