import { scenario } from '../../test/support/scenario.ts';

const hold = `
  open A limit=0 opening=100               -> 201
  open B limit=0                           -> 201
  transfer A B 60 hold as=H id=H           -> 201 status=HELD held=60 entry_id=null events=TransferHeld
                                           | A.version=3 B.version=2
`;

scenario(
  'a settled hold posts its entry and ends',
  `${hold}
  settle H                                 -> 200 status=COMPLETED settled=60 held=0
                                           | events=EntryPosted,TransferSettled
  void H                                   -> hold_already_settled A.balance=40 A.held=0 B.balance=60
                                           | B.incoming=0
  settle H                                 -> hold_already_settled status=409 A.version=4 B.version=3
`,
);

scenario(
  'a part that is settled releases the rest at once',
  `${hold}
  settle H 61                              -> exceeds_held_amount held=60 requested=61
  settle H 25                              -> 200 status=COMPLETED settled=25 A.available=75 A.held=0
                                           | B.balance=25 B.incoming=0
  settle H 1                               -> hold_already_settled
`,
);

scenario(
  'with keep_remaining there are several captures',
  `${hold}
  settle H 20 keep                         -> 200 status=HELD held=40 settled=20 A.balance=80 A.held=40
                                           | B.incoming=40
  settle H 41 keep                         -> exceeds_held_amount held=40
  settle H 10 keep                         -> 200 status=HELD held=30 settled=30
  settle H 30 keep                         -> 200 status=COMPLETED held=0 settled=60 B.balance=60 B.incoming=0
  settle H                                 -> hold_already_settled
`,
);

scenario(
  'settling by default takes all that is left',
  `${hold}
  settle H 20 keep                         -> 200
  settle H keep                            -> 200 status=COMPLETED settled=60 A.held=0
`,
);

scenario(
  'a voided hold releases all',
  `${hold}
  void H                                   -> 200 status=VOIDED held=0 events=TransferVoided
                                           | A.available=100 B.incoming=0
  settle H                                 -> hold_already_voided
  void H                                   -> hold_already_voided status=409
`,
);

scenario(
  'a hold that ends with something settled is COMPLETED, and tells how it ended',
  `${hold}
  transfer A B 30 hold expires=10 as=X     -> 201
  settle H 20 keep                         -> 200
  void H                                   -> 200 status=COMPLETED settled=20 events=TransferVoided
  settle H                                 -> hold_already_voided
  settle X 10 keep                         -> 200
  tick 10                                  -> 200 events=TransferExpired X.status=COMPLETED A.held=0
  void X                                   -> hold_expired
`,
);

scenario(
  'a hold ends at its time, not before, and as if it had ended even if nobody looked',
  `${hold}
  transfer A B 10 expires=10 as=X          -> 201
  transfer A B 10 expires=10 as=Y          -> 201
  transfer A B 10 expires_at=10 as=Z       -> 201
  tick 9                                   -> 200 events=none
  settle Y                                 -> 200
  wait 1                                   -> 200 X.held=10
  settle X                                 -> hold_expired
  void Z                                   -> hold_expired A.held=80
  tick 0                                   -> 200 events=TransferExpired,TransferExpired A.held=60
                                           | X.status=EXPIRED
  settle X                                 -> hold_expired
  settle Y                                 -> hold_already_settled
  transfer A B 1 expires_at=-5 as=P        -> expiry_not_in_future
  transfer A B 1 expires_at=0 as=Q         -> expiry_not_in_future
`,
);

scenario(
  'what is no hold, or not there, can not be settled or voided',
  `
  ledger other                             -> 201
  open A                                   -> 201
  open B limit=0                           -> 201
  transfer A B 5 as=T                      -> 201
  transfer B A 6 hold as=F                 -> insufficient_funds
  transfer A B 7 hold as=H                 -> 201
  settle none                              -> transfer_not_found status=404 transfer=none
  void none                                -> transfer_not_found
  settle T                                 -> not_a_hold status=409
  void T                                   -> not_a_hold
  settle F 999                             -> not_a_hold
  @other settle H                          -> transfer_not_found
  @other void H                            -> transfer_not_found
`,
);

scenario(
  'limits are judged when a hold is placed, not when it is settled',
  `${hold}
  transfer A B 41 hold                     -> insufficient_funds available=40 transfer=some
  transfer A B 40 hold as=G                -> 201 A.available=0
  patch A limit=5                          -> 200
  transfer A B 5 hold as=I                 -> 201 A.available=-5
  patch A limit=0                          -> limit_below_use
  patch A limit=0 breach                   -> 200
  settle I                                 -> 200 A.available=-5
  settle G 30                              -> 200 A.balance=65 A.available=5
  settle H                                 -> 200 A.available=5
`,
);

scenario(
  'both accounts of a hold are judged, each by its own side',
  `
  open A limit=0 opening=100               -> 201
  open D type=ASSET limit=0                -> 201
  transfer A D 10 hold                     -> insufficient_funds account=D
  open E type=ASSET limit=10               -> 201
  transfer A E 10 hold as=H                -> 201 A.held=10 E.held=10 E.incoming=0 E.available=-10
  transfer E A 5 hold as=I                 -> 201 E.incoming=5 A.incoming=5 E.held=10
  settle H 4                               -> 200 E.balance=-4 E.held=0 A.balance=96
  void I                                   -> 200 E.incoming=0 A.incoming=0
`,
);

scenario(
  'a suspended account settles nothing, but its holds are released',
  `${hold}
  transfer A B 10 expires=5 as=X           -> 201
  transfer A B 10 hold as=V                -> 201
  patch B status=SUSPENDED                 -> 200
  transfer A B 1 hold                      -> account_suspended
  settle H 61                              -> exceeds_held_amount
  settle H                                 -> account_suspended account=B transfer=none A.held=80
  void V                                   -> 200 A.held=70
  tick 5                                   -> 200 events=TransferExpired A.held=60
  patch B status=CLOSED                    -> account_not_empty incoming=60
  patch B status=ACTIVE                    -> 200
  settle H                                 -> 200
`,
);

scenario(
  'sums of holds stay within 64 bits',
  `
  open A                                   -> 201
  open B                                   -> 201
  transfer A B max hold as=H               -> 201
  transfer A B 1 hold                      -> amount_overflow account=A
  open C                                   -> 201
  transfer C B 1 hold                      -> amount_overflow account=B
  transfer C B max                         -> 201
  settle H                                 -> amount_overflow account=B transfer=none
`,
);
