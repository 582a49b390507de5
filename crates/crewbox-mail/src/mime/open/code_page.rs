//! Windows code pages by the labels of the charsets that they are.

use std::borrow::Cow;

/// The label of a Windows code page.
pub(super) fn label(code_page: u32) -> Cow<'static, str> {
    Cow::Borrowed(match code_page {
        932 => "shift_jis",
        936 => "gbk",
        949 => "euc-kr",
        950 => "big5",
        874 => "windows-874",
        10_000 => "macintosh",
        20_127 => "us-ascii",
        20_866 => "koi8-r",
        21_866 => "koi8-u",
        28_591 => "iso-8859-1",
        28_592 => "iso-8859-2",
        28_595 => "iso-8859-5",
        28_597 => "iso-8859-7",
        28_605 => "iso-8859-15",
        50_220..=50_222 => "iso-2022-jp",
        50_225 => "iso-2022-kr",
        51_932 => "euc-jp",
        54_936 => "gb18030",
        65_000 => "utf-7",
        65_001 => "utf-8",
        1_250..=1_258 => return Cow::Owned(format!("windows-{code_page}")),
        other => return Cow::Owned(format!("cp{other}")),
    })
}
