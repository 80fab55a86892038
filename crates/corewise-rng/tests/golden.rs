//! A few values that NumPy 2.4 drew, for machines without it; tests/numpy has the many.
#![expect(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach what tests call")]

use corewise_rng::{
    BitGenerator, Distribution, FromSeed, Integers, Mt19937, Pcg64, Pcg64Dxsm, Philox,
    SeedSequence, Sfc64, StandardExponential, StandardNormal,
};

/// `integers(0, 2**64, 2, np.uint64)`, then `standard_normal(2)`, `standard_exponential(2)` (their
/// bits) and `integers(0, 100, 3)` of the generator seeded with 42.
fn draws<G: BitGenerator + FromSeed>() -> ([u64; 6], [i64; 3]) {
    let mut generator = G::from_seed_sequence(&SeedSequence::from(42));
    let (mut raws, mut normals, mut exponentials) = ([0; 2], [0.0; 2], [0.0; 2]);
    let mut integers = [0; 3];
    generator.fill_u64(&mut raws);
    StandardNormal.fill(&mut generator, &mut normals);
    StandardExponential.fill(&mut generator, &mut exponentials);
    Integers::inclusive(0, 99).unwrap().fill(&mut generator, &mut integers);
    let [n0, n1] = normals.map(f64::to_bits);
    let [e0, e1] = exponentials.map(f64::to_bits);
    ([raws[0], raws[1], n0, n1, e0, e1], integers)
}

#[test]
fn pcg64_is_numpys() {
    let bits = [
        0xc621_fbcd_16d9_2688,
        0x705a_5661_a791_ffc1,
        0x3fe8_03b2_39e7_7350,
        0x3fee_191b_2d15_7f36,
        0x3fb6_20c2_ecdb_1656,
        0x3ff7_3e18_f3f2_5fe5,
    ];
    assert_eq!(draws::<Pcg64>(), (bits, [73, 76, 71]));
}

#[test]
fn pcg64dxsm_is_numpys() {
    let bits = [
        0xab1c_5033_8e63_481d,
        0x01bd_f91d_548d_1872,
        0x3fdd_e2db_dc70_4604,
        0x3ffe_df3b_48a4_8926,
        0x3fe4_5bc0_db99_a554,
        0x3fd5_ab54_25e1_f3c4,
    ];
    assert_eq!(draws::<Pcg64Dxsm>(), (bits, [71, 75, 88]));
}

#[test]
fn philox_is_numpys() {
    let bits = [
        0x1609_2f00_ecda_b98a,
        0x243d_19cc_2402_1070,
        0x3fa7_8d6f_09be_dc37,
        0xc000_dc84_7726_1b10,
        0x3fcf_ab8e_0253_0fc3,
        0x3ff6_b573_ea76_3890,
    ];
    assert_eq!(draws::<Philox>(), (bits, [36, 33, 60]));
}

#[test]
fn sfc64_is_numpys() {
    let bits = [
        0x87a9_e37f_3ed2_c19d,
        0x60d4_edb7_6d65_1052,
        0x3fea_b3e8_32f8_0e84,
        0x3fee_d493_9271_6749,
        0x3ff5_0b78_b89b_8d8b,
        0x3fe2_9fe8_d791_bcc4,
    ];
    assert_eq!(draws::<Sfc64>(), (bits, [58, 99, 83]));
}

#[test]
fn mt19937_is_numpys() {
    let bits = [
        0x8ac0_1c92_e8bf_d726,
        0x9ea2_82a8_675a_106c,
        0xbff5_df74_9de4_cb91,
        0xbfe1_b8d6_e3a6_cd77,
        0x3fed_acad_05d9_c9b4,
        0x3fe0_eb9d_23ca_093a,
    ];
    assert_eq!(draws::<Mt19937>(), (bits, [68, 26, 67]));
}
