//! The text form, and each complaint of the verifier about broken HIR.

use super::verify::Malformed;
use super::*;

/// A loop that adds up a list, with each kind of line that the text has.
const SUM: &str = r#"fn "<locals>.\"sum\"" locals 3 names [4] values 24
bb0():
  entry s0 = @10 from 9 locals [v0, v1, v2] stack [v3] names [v4]
  s0
  v0: Exact(List) = EntryLocal(0) [Nothing] #3
  v1: Int = EntryLocal(1) [Nothing] #3
  v2: Null = Null [Nothing] #3
  v3: Exact(ListIter) = EntryStack(0) [Nothing] #3
  v4: Float = EntryName(0) [Nothing] #3
  jump bb1(v1, v4) #3
bb1(v5: Int of Local(1), v6: Float of Name(0)): loop
  entry s1 = @10 locals [v0, v5, v2] stack [v3] names [v6]
  s2 = @10 locals [v0, v5, v2] stack [v3] names [v6]
  for v7: Int in v3 bb2() done bb4() [Iter(ListIter)] #3
bb2():
  entry s3 = @12 locals [v0, v5, v2] stack [v3, v7] names [v6]
  s3
  v8: Int = Binary(op: Add, inplace: true, a: v5, b: v7) [Int] #4
  SetLocal(slot: 1, value: v8) [Nothing] #5
  SetName(slot: 0, value: v6) [Nothing] #5
  v9: Bool = Compare(op: Lt, a: v8, b: v7) [Int] #6
  v10: Bool = Is(a: v0, b: v8, negate: true) [Constant(true)] #6
  v11, v12: Exact(List) = LoadMethod(object: v0, name: 2) [Append] #7
  v13: None = Call(callee: v11, first: v12, args: [v8], keywords: None) [Append] #8
  v14 = Call(callee: v11, first: v12, args: [v8, v9], keywords: Some(v13)) [Leave(Unsupported)] #8
  v15: Exact(Tuple) = Generic(LoadAttr(3), [v0, v13]) #9
  v16: Global(3) = LoadGlobal(3) [Watched] #9
  v17: Float = Call(callee: v16, first: v2, args: [], keywords: None) [Known(Math(2))] #9
  v18, v19 = Unpack(sequence: v15, n: 2) [Item(Other)] #9
  v20: Float = Unary(Neg, v6) [Float] #9
  v21 = BuildList([v18, v19]) [Pure] #9
  v22 = None #9
  Poll [Nothing] #10
  branch v9 bb3() else bb1(v8, v17) #11
bb3():
  entry s4 = @20 locals [v0, v8, v2] stack [v3] names [v17]
  s4
  return v8 #12
bb4():
  entry s5 = @30 locals [v0, v5, v2] names [v6]
  s5
  exit LoopDone #13
"#;

/// A call that is caught: the handler has a parameter for the local that the block assigns.
const CAUGHT: &str = r#"fn "f" locals 1 names [] values 8
bb0():
  entry s0 = @0 locals [v0]
  s0
  v0: Int = EntryLocal(0) [Nothing] #0
  jump bb1() #0
bb1(): catch bb2 depth 0 lasti
  entry s1 = @0 locals [v0]
  s1
  v1: Object = LoadGlobal(0) [Run] #1
  SetLocal(slot: 0, value: v1) [Nothing] #2
  s2 = @4 locals [v1]
  v2: Object = LoadGlobal(1) [Run] #3
  return v2 #4
bb2(v3: Object of Local(0), v4: Object of Stack(0), v5: Object of Stack(1)):
  entry s3 = @8 locals [v3] stack [v4, v5]
  s3
  v6: Object = PushExcInfo(v5) [Pure] #5
  s4 = @10 locals [v3] stack [v4, v6, v5]
  v7: Maybe = PopExcept(v6) [Pure] #6
  return v3 #7
"#;

#[test]
fn exception_edges() {
    let f = read(CAUGHT);
    assert_eq!(f.text(Detail::Full), CAUGHT);
    assert_eq!(verify(&f), Ok(()));
    let catch = f.blocks[1].catch.expect("a handler");
    let locals: Vec<_> = f.exceptional_flows().iter().map(|flow| flow.3).collect();
    assert_eq!((catch.stack(), locals), (2, vec![Value(0), Value(1)]));
    let broken = |good: &str, bad: &str| {
        assert!(CAUGHT.contains(good), "{good}");
        verify(&read(&CAUGHT.replacen(good, bad, 1))).expect_err(bad)
    };
    let (bb1, bb2) = (BlockId(1), BlockId(2));
    // What the block defines is not defined at its handler.
    assert_eq!(
        broken("s3 = @8 locals [v3]", "s3 = @8 locals [v1]"),
        Malformed::NotDominated(bb2, Value(1))
    );
    assert_eq!(
        broken("return v3", "return v2"),
        Malformed::NotDominated(bb2, Value(2))
    );
    assert_eq!(
        broken("depth 0 lasti", "depth 0"),
        Malformed::Depth(bb2, 1, bb1, 2)
    );
    assert_eq!(
        broken("return v2", "jump bb2(v2, v2, v2)"),
        Malformed::Handler(bb2, bb1)
    );
    assert_eq!(broken("catch bb2", "catch bb7"), Malformed::Unknown(bb1));
}

fn read(text: &str) -> Function {
    parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn text_reads_back() {
    let f = read(SUM);
    assert_eq!(f.text(Detail::Full), SUM);
    assert_eq!(verify(&f), Ok(()));
    assert_eq!(f.qualname, "<locals>.\"sum\"");
    assert_eq!(
        f.ty(Value(12)),
        Ty::Exact(pyaot_runtime::unit::TypeTag::List)
    );
    assert_eq!(f.blocks[2].insts[0].how, How::Int);
    assert_eq!(f.state(f.blocks[0].entry_state).resume, 9);
    let short = f.to_string();
    assert_eq!(read(&short).to_string(), short);
}

#[test]
fn what_is_no_hir_is_refused() {
    let cases = [
        ("Binary(op: Add", "Binary(op: Plus"),
        ("v8: Int =", "v8: Integer ="),
        ("[Iter(ListIter)]", "[Iter(Lists)]"),
        ("v5, b: v7", "v5"),
        ("v5, b: v7", "v5, b: w7"),
        ("jump bb1(v1, v4)", "jump bb1 v1"),
        ("jump bb1(v1, v4)", "leap bb1(v1, v4)"),
        ("jump bb1(v1, v4) #3", "jump bb1(v1, v4) bb2() #3"),
        ("exit LoopDone", "exit Soon"),
        ("bb3():", "bb7():"),
        ("bb3():", "bb3(): hoop"),
        ("  s5\n  exit", "  s9\n  exit"),
        ("of Local(1)", "of Global(1)"),
        ("@20 locals", "@20 slots"),
        ("fn ", "def "),
    ];
    for (good, bad) in cases {
        let place = SUM.find(good).unwrap_or_else(|| panic!("{good}"));
        let line = SUM[..place].matches('\n').count() + 1;
        match parse(&SUM.replacen(good, bad, 1)) {
            Err(error) => assert_eq!(error.line, line, "{bad}: {error}"),
            Ok(_) => panic!("`{bad}` was read"),
        }
    }
    assert!(parse(&SUM.replace("values 24", "values 22")).is_err());
    assert!(parse("fn \"f\"\n  return v0").is_err());
    assert!(parse("fn \"f\"\nbb0():\n  return v0").is_err());
    assert!(parse("fn \"f\" locals 1 names [] values 9999999999").is_err());
}

/// The verifier's complaint about the sum with `good` replaced by `bad`.
fn complaint(good: &str, bad: &str) -> Malformed {
    assert!(SUM.contains(good), "{good}");
    let f = read(&SUM.replacen(good, bad, 1));
    verify(&f).expect_err(bad)
}

#[test]
fn the_verifier_sees_what_is_broken() {
    use Malformed::*;
    let (bb1, bb2) = (BlockId(1), BlockId(2));
    assert_eq!(
        complaint("else bb1(v8, v17)", "else bb1(v8)"),
        Arguments(bb2, 1, bb1, 2)
    );
    assert_eq!(
        complaint("exit LoopDone", "unfinished"),
        Unterminated(BlockId(4))
    );
    assert_eq!(
        complaint("v9: Bool = Compare", "v8: Bool = Compare"),
        DefinedTwice(Value(8))
    );
    // An operand, before its definition and from a block that does not dominate.
    assert_eq!(
        complaint("a: v5, b: v7", "a: v5, b: v9"),
        NotDominated(bb2, Value(9))
    );
    assert_eq!(
        complaint("for v7: Int in v3", "for v7: Int in v8"),
        NotDominated(bb1, Value(8))
    );
    // An argument of an edge, the condition, the result, a frame state.
    assert_eq!(
        complaint("jump bb1(v1, v4)", "jump bb1(v8, v4)"),
        NotDominated(BlockId(0), Value(8))
    );
    assert_eq!(
        complaint("branch v9", "branch v23"),
        NotDominated(bb2, Value(23))
    );
    assert_eq!(
        complaint("return v8", "return v23"),
        NotDominated(BlockId(3), Value(23))
    );
    assert_eq!(
        complaint(
            "s5 = @30 locals [v0, v5, v2]",
            "s5 = @30 locals [v0, v8, v2]"
        ),
        NotDominated(BlockId(4), Value(8))
    );
    // What does not exist.
    assert_eq!(complaint("done bb4()", "done bb5()"), Unknown(bb1));
    assert_eq!(complaint("branch v9", "branch v24"), Unknown(bb2));
    assert_eq!(complaint("stack [v3, v7]", "stack [v3, v99]"), Unknown(bb2));
    assert_eq!(
        complaint("s3 = @12 locals [v0, v5, v2]", "s3 = @12 locals [v0, v5]"),
        Locals(bb2, 2, 3)
    );
    // Shapes.
    assert!(matches!(
        complaint("v18, v19 = Unpack", "v18 = Unpack"),
        Results(id, 1, Op::Unpack { .. }) if id == bb2
    ));
    assert_eq!(
        complaint("stack [v3, v7]", "stack [v3]"),
        Depth(bb2, 2, bb1, 1)
    );
}
