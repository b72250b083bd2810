//! Arithmetic that is too long to inline. All of it is pure, with CPython's results to the bit.

unsafe extern "C" {
    fn fmod(a: f64, b: f64) -> f64;
    fn pow(a: f64, b: f64) -> f64;
    fn sin(x: f64) -> f64;
    fn cos(x: f64) -> f64;
    fn tan(x: f64) -> f64;
    fn exp(x: f64) -> f64;
    fn log(x: f64) -> f64;
    fn atan(x: f64) -> f64;
    fn asin(x: f64) -> f64;
    fn acos(x: f64) -> f64;
}

/// `a ** b` for `b >= 0`; 1 and the result in `*out`, or 0 if it does not fit or `b < 0`.
pub unsafe extern "C" fn int_pow(a: i64, b: i64, out: *mut i64) -> u64 {
    let Some(value) = u32::try_from(b).ok().and_then(|b| a.checked_pow(b)) else {
        return 0;
    };
    // SAFETY: `out` is a stack slot of the calling compiled code.
    unsafe { out.write(value) };
    1
}

/// `a ** b`; 1 and the result in `*out`, or 0 where CPython does something else than libm's `pow` (Objects/floatobject.c,
/// float_pow): a zero base with a negative exponent, a negative base with a fraction, results out of range.
pub unsafe extern "C" fn float_pow(a: f64, b: f64, out: *mut f64) -> u64 {
    let plain = a > 0.0 && a.is_finite() && b.is_finite();
    if !plain
        && (!a.is_finite()
            || !b.is_finite()
            || (a == 0.0 && b < 0.0)
            || (a < 0.0 && b != b.floor()))
    {
        return 0;
    }
    // SAFETY: libm's pow has no preconditions.
    let value = unsafe { pow(a, b) };
    if !value.is_finite() || value == 0.0 {
        return 0;
    }
    // SAFETY: `out` is a stack slot of the calling compiled code.
    unsafe { out.write(value) };
    1
}

/// Floor division and modulo of floats, `b != 0` (Objects/floatobject.c, `_float_div_mod`).
fn div_mod(a: f64, b: f64) -> (f64, f64) {
    // SAFETY: libm's fmod has no preconditions.
    let mut m = unsafe { fmod(a, b) };
    let mut div = (a - m) / b;
    if m != 0.0 {
        if (b < 0.0) != (m < 0.0) {
            m += b;
            div -= 1.0;
        }
    } else {
        m = 0.0f64.copysign(b);
    }
    let floor = if div != 0.0 {
        let f = div.floor();
        if div - f > 0.5 { f + 1.0 } else { f }
    } else {
        0.0f64.copysign(a / b)
    };
    (floor, m)
}

pub extern "C" fn float_mod(a: f64, b: f64) -> f64 {
    // Objects/floatobject.c, float_rem.
    // SAFETY: libm's fmod has no preconditions.
    let mut m = unsafe { fmod(a, b) };
    if m != 0.0 {
        if (b < 0.0) != (m < 0.0) {
            m += b;
        }
    } else {
        m = 0.0f64.copysign(b);
    }
    m
}

pub extern "C" fn float_floordiv(a: f64, b: f64) -> f64 {
    div_mod(a, b).0
}

macro_rules! libm {
    ($($name:ident = $f:ident;)*) => {$(
        pub extern "C" fn $name(x: f64) -> f64 {
            // SAFETY: functions of one number without preconditions.
            unsafe { $f(x) }
        }
    )*};
}
libm! {
    math_sin = sin;
    math_cos = cos;
    math_tan = tan;
    math_exp = exp;
    math_log = log;
    math_atan = atan;
    math_asin = asin;
    math_acos = acos;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_follow_python() {
        assert_eq!(float_mod(-1.0, 3.0), 2.0);
        assert_eq!(float_mod(1.0, -3.0), -2.0);
        assert!(float_mod(-0.0, 3.0).is_sign_positive());
        assert!(float_mod(6.0, -3.0).is_sign_negative());
        assert_eq!(float_floordiv(-1.0, 3.0), -1.0);
        assert!(float_floordiv(-0.0, 3.0).is_sign_negative());
    }
}
